"""Every verb on a workspace: what a button, a command and a notebook all call."""
