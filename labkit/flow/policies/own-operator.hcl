# What mounting needs on a Vault that others use: the lab's own mounts, policies and leases.
path "sys/mounts" {
  capabilities = ["read", "list"]
}
path "sys/mounts/{mount}" {
  capabilities = ["create", "read", "update", "delete", "sudo"]
}
path "sys/mounts/{mount}/tune" {
  capabilities = ["create", "read", "update", "sudo"]
}
path "sys/auth" {
  capabilities = ["read", "list"]
}
path "sys/auth/{approle_mount}" {
  capabilities = ["create", "read", "update", "delete", "sudo"]
}
path "auth/{approle_mount}/*" {
  capabilities = ["create", "read", "update", "delete", "list"]
}
path "sys/policies/acl/{read_policy}" {
  capabilities = ["create", "read", "update", "delete"]
}
path "sys/policies/acl/{admin_policy}" {
  capabilities = ["create", "read", "update", "delete"]
}
path "sys/leases/lookup/{mount}/*" {
  capabilities = ["list", "sudo"]
}
path "sys/leases/revoke-prefix/{mount}/*" {
  capabilities = ["create", "update", "sudo"]
}
path "sys/leases/revoke-force/{mount}/*" {
  capabilities = ["create", "update", "sudo"]
}
path "sys/leases/lookup" {
  capabilities = ["create", "update"]
  allowed_parameters = { "lease_id" = ["{mount}/*"] }
}
path "sys/leases/renew" {
  capabilities = ["create", "update"]
  allowed_parameters = { "lease_id" = ["{mount}/*"], "increment" = [] }
}
path "sys/leases/revoke" {
  capabilities = ["create", "update"]
  allowed_parameters = { "lease_id" = ["{mount}/*"], "sync" = [] }
}
