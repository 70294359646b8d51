"""The credentials of the demo company, which are not secret."""

API_KEY = "ledgerbee-sandbox-key"
SSO_KEY = "ledgerbee-sandbox-sso-key"
CLIENT_ID = "ledgerbee-sandbox-client"
CLIENT_SECRET = "ledgerbee-sandbox-secret"  # noqa: S105  The one secret that everybody may know.
SSO_SCOPES = ("portal-provision", "portal-sso-mint")
