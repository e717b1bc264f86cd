# OpenBao takes audit devices from its configuration only; Vault takes them by the API, as the lab does.
unsafe_allow_api_audit_creation = true
plugin_directory = "/vault/plugins"
