"""The way in: the receiver, and the host in the kernel that runs the handlers."""
