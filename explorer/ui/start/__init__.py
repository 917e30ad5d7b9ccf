"""From nothing to a map: recent workspaces, the demo, new ones from one's own data, and watching them being built."""
