path "aws/*" {
  capabilities = ["create", "read", "update", "delete", "list"]
}
