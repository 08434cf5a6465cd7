NEEDS_amqp-play = agent capture
