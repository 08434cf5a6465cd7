NEEDS_amqp-route = agent capture
