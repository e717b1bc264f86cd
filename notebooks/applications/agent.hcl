# For `bao agent` and `vault agent`; agent.py puts the variables in.
auto_auth {
  method "approle" {
    mount_path = "auth/$VAULT_APPROLE_MOUNT"
    config = {
      role_id_file_path                   = "$VAULT_ROLE_ID_FILE"
      secret_id_file_path                 = "$VAULT_WRAPPED_SECRET_ID_FILE"
      secret_id_response_wrapping_path    = "$VAULT_SECRET_ID_PATH"
      remove_secret_id_file_after_reading = false
    }
  }
}

template {
  destination = "credentials"
  perms       = "0600"
  contents    = <<EOT
{{ with secret "$VAULT_CREDS_PATH" -}}
[default]
aws_access_key_id = {{ .Data.access_key }}
aws_secret_access_key = {{ .Data.secret_key }}
{{ end -}}
EOT
}
