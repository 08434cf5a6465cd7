NEEDS_amqp-dump = agent capture
