"""AWS, the internet and EC2 hosts, imitated on one machine, so that the playbooks run unchanged without an account."""
