NEEDS_amqp-dump = agent capture frame_keys screen
PKGS_amqp-dump = jansson $(CURL)
