// JavaScript: the AWS SDK asks a provider for keys, and node-vault reads them. The SDK asks again
// when less than five minutes remain until `expiration`.
const { readFileSync } = require("node:fs");
const { setTimeout: sleep } = require("node:timers/promises");
const { DescribeInstancesCommand, EC2Client } = require("@aws-sdk/client-ec2");
const nodeVault = require("node-vault");

const env = process.env;
const region = env.AWS_DEFAULT_REGION;
const content = (name) => readFileSync(env[name], "utf8").trim();
const listInstances = (credentials) =>
  new EC2Client({ region, credentials }).send(new DescribeInstancesCommand({}));

async function logIn() {
  const vault = nodeVault({ endpoint: env.VAULT_ADDR, namespace: env.VAULT_NAMESPACE });
  vault.token = content("VAULT_WRAPPED_SECRET_ID_FILE");
  const { secret_id } = (await vault.unwrap()).data;
  const [role_id, mount_point] = [content("VAULT_ROLE_ID_FILE"), env.VAULT_APPROLE_MOUNT];
  await vault.approleLogin({ mount_point, role_id, secret_id }); // keeps the token
  return vault;
}

async function readKey(vault) {
  const { data, lease_duration } = await vault.read(env.VAULT_CREDS_PATH);
  const expiration = new Date(Date.now() + lease_duration * 1000);
  const key = { accessKeyId: data.access_key, secretAccessKey: data.secret_key, expiration };
  for (let tries = 1; tries < 40; tries++) {
    const error = await listInstances(key).catch((found) => found);
    if (error.name !== "AuthFailure") break; // AWS knows the key
    await sleep(250);
  }
  return key;
}

async function main() {
  const vault = await logIn();
  const ec2 = new EC2Client({ region, credentials: () => readKey(vault) });
  for (let call = 1; call <= 3; call++) await ec2.send(new DescribeInstancesCommand({}));
}
main();
