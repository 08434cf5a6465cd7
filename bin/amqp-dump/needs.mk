NEEDS_amqp-dump = agent capture frame_keys screen
