// Make a call of each protocol with the AWS SDK for JavaScript, and print its outcome as JSON.
// Arguments: the folder of node_modules, the endpoint, the region. The keys come by environment.
import { createRequire } from "node:module";

const [folder, endpoint, region] = process.argv.slice(2);
const load = createRequire(`${folder}/package.json`);
const credentials = { accessKeyId: process.env.KEY_ID, secretAccessKey: process.env.SECRET };
const CALLS = {
  sts: ["@aws-sdk/client-sts", "STSClient", "GetCallerIdentityCommand"],
  iam: ["@aws-sdk/client-iam", "IAMClient", "ListUsersCommand"],
  ec2: ["@aws-sdk/client-ec2", "EC2Client", "DescribeVpcsCommand"],
  s3: ["@aws-sdk/client-s3", "S3Client", "ListBucketsCommand"],
  dynamodb: ["@aws-sdk/client-dynamodb", "DynamoDBClient", "ListTablesCommand"],
  lambda: ["@aws-sdk/client-lambda", "LambdaClient", "ListFunctionsCommand"],
};

async function outcome([name, client, command]) {
  const sdk = load(name);
  const made = new sdk[client]({ endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true });
  try {
    await made.send(new sdk[command]({}));
    return "allowed";
  } catch (error) {
    return error.name;
  } finally {
    made.destroy();
  }
}

const outcomes = {};
for (const [service, call] of Object.entries(CALLS)) outcomes[service] = await outcome(call);
console.log(JSON.stringify(outcomes));
