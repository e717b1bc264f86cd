# For `bao agent` and `vault agent`; exec.py puts the variables in.
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

env_template "AWS_ACCESS_KEY_ID" {
  contents = "{{ with secret \"$VAULT_CREDS_PATH\" }}{{ .Data.access_key }}{{ end }}"
}

env_template "AWS_SECRET_ACCESS_KEY" {
  contents = "{{ with secret \"$VAULT_CREDS_PATH\" }}{{ .Data.secret_key }}{{ end }}"
}

exec {
  command                   = ["$PYTHON", "$PROGRAM"]
  restart_on_secret_changes = "always"
  restart_stop_signal       = "SIGTERM"
}
