NEEDS_amqp-route = agent
