"""The ways to reach the sandbox: in the process, or on a loopback socket."""
