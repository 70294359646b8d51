"""The demo company: its credentials, its data, and how it is founded in empty books."""

from ledgerbee_sandbox.demo.credentials import API_KEY, CLIENT_ID, CLIENT_SECRET, SSO_KEY

__all__ = ["API_KEY", "CLIENT_ID", "CLIENT_SECRET", "SSO_KEY"]
