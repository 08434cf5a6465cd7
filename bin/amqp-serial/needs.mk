NEEDS_amqp-serial = agent probe capture
