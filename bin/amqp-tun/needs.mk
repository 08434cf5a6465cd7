NEEDS_amqp-tun = agent
PKGS_amqp-tun = libmnl libcap-ng libseccomp
