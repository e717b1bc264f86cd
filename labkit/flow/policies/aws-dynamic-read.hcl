path "aws/creds/my-ec2-role" {
  capabilities = ["read"]
}
