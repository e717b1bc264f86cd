"""What calls need, from the Service Authorization Reference."""

ACCOUNT, REGION = "123456789012", "eu-west-1"


IAM = f"arn:aws:iam::{ACCOUNT}:"


EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}:"


ROLE = f"{IAM}role/app"
CALLER = f"{IAM}user/team/me"


CALLS = [
    # service, operation, input, expected actions and resources
    ("s3", "ListBuckets", {}, ["s3:ListAllMyBuckets *"]),
    ("s3", "ListObjectsV2", {"Bucket": "b"}, ["s3:ListBucket arn:aws:s3:::b"]),
    ("s3", "HeadBucket", {"Bucket": "b"}, ["s3:ListBucket arn:aws:s3:::b"]),
    ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, ["s3:GetObject arn:aws:s3:::b/k"]),
    (
        "s3",
        "GetObject",
        {"Bucket": "b", "Key": "k", "VersionId": "1"},
        ["s3:GetObjectVersion arn:aws:s3:::b/k"],
    ),
    (
        "s3",
        "CopyObject",
        {"Bucket": "b", "Key": "k", "CopySource": "/from/a%20b"},
        ["s3:PutObject arn:aws:s3:::b/k", "s3:GetObject arn:aws:s3:::from/a b"],
    ),
    (
        "s3",
        "UploadPartCopy",
        {"Bucket": "b", "Key": "k", "CopySource": "from/x?versionId=7"},
        ["s3:PutObject arn:aws:s3:::b/k", "s3:GetObjectVersion arn:aws:s3:::from/x"],
    ),
    (
        "s3",
        "PutObject",
        {"Bucket": "b", "Key": "k", "ACL": "public-read", "Tagging": "a=1"},
        [
            "s3:PutObject arn:aws:s3:::b/k",
            "s3:PutObjectAcl arn:aws:s3:::b/k",
            "s3:PutObjectTagging arn:aws:s3:::b/k",
        ],
    ),
    (
        "s3",
        "DeleteObjects",
        {"Bucket": "b", "Delete": {"Objects": [{"Key": "x"}, {"Key": "y", "VersionId": "1"}]}},
        ["s3:DeleteObject arn:aws:s3:::b/x", "s3:DeleteObjectVersion arn:aws:s3:::b/y"],
    ),
    (
        "s3",
        "PutBucketLifecycleConfiguration",
        {"Bucket": "b"},
        ["s3:PutLifecycleConfiguration arn:aws:s3:::b"],
    ),
    ("s3", "GetBucketPolicy", {"Bucket": "b"}, ["s3:GetBucketPolicy arn:aws:s3:::b"]),
    ("iam", "ListUsers", {}, ["iam:ListUsers *"]),
    ("iam", "GetUser", {}, [f"iam:GetUser {CALLER}"]),
    ("iam", "CreateUser", {"UserName": "x"}, [f"iam:CreateUser {IAM}user/x"]),
    (
        "iam",
        "CreateUser",
        {"UserName": "x", "Path": "/a/b/", "Tags": [{"Key": "k", "Value": "v"}]},
        [f"iam:CreateUser {IAM}user/a/b/x", f"iam:TagUser {IAM}user/a/b/x"],
    ),
    ("iam", "DeleteUser", {"UserName": "deep"}, [f"iam:DeleteUser {IAM}user/very/deep"]),
    ("iam", "CreateAccessKey", {"UserName": "x"}, [f"iam:CreateAccessKey {IAM}user/x"]),
    (
        "iam",
        "AttachUserPolicy",
        {"UserName": "x", "PolicyArn": "arn:aws:iam::aws:policy/A"},
        [f"iam:AttachUserPolicy {IAM}user/x"],
    ),
    ("iam", "AddUserToGroup", {"GroupName": "g"}, [f"iam:AddUserToGroup {IAM}group/g"]),
    ("iam", "CreatePolicy", {"PolicyName": "p"}, [f"iam:CreatePolicy {IAM}policy/p"]),
    ("iam", "GetPolicy", {"PolicyArn": f"{IAM}policy/p"}, [f"iam:GetPolicy {IAM}policy/p"]),
    (
        "iam",
        "UpdateUser",
        {"UserName": "x", "NewUserName": "y", "NewPath": "/p/"},
        [f"iam:UpdateUser {IAM}user/x", f"iam:UpdateUser {IAM}user/p/y"],
    ),
    (
        "iam",
        "AddRoleToInstanceProfile",
        {"InstanceProfileName": "ip", "RoleName": "app"},
        [f"iam:AddRoleToInstanceProfile {IAM}instance-profile/ip", f"iam:PassRole {ROLE}"],
    ),
    (
        "iam",
        "GetAccessKeyLastUsed",
        {"AccessKeyId": "A"},
        [f"iam:GetAccessKeyLastUsed {IAM}user/*"],
    ),
    ("sts", "GetCallerIdentity", {}, []),
    ("sts", "GetSessionToken", {}, []),
    (
        "sts",
        "AssumeRole",
        {"RoleArn": ROLE, "Tags": [{"Key": "a", "Value": "b"}], "SourceIdentity": "me"},
        [f"sts:AssumeRole {ROLE}", f"sts:TagSession {ROLE}", f"sts:SetSourceIdentity {ROLE}"],
    ),
    (
        "sts",
        "GetFederationToken",
        {"Name": "bob"},
        [f"sts:GetFederationToken arn:aws:sts::{ACCOUNT}:federated-user/bob"],
    ),
    ("ec2", "DescribeInstances", {}, ["ec2:DescribeInstances *"]),
    (
        "ec2",
        "TerminateInstances",
        {"InstanceIds": ["i-1", "i-2"]},
        [f"ec2:TerminateInstances {EC2}instance/i-1", f"ec2:TerminateInstances {EC2}instance/i-2"],
    ),
    (
        "ec2",
        "DeleteSecurityGroup",
        {"GroupId": "sg-1"},
        [f"ec2:DeleteSecurityGroup {EC2}security-group/sg-1"],
    ),
    (
        "ec2",
        "CreateTags",
        {"Resources": ["vol-1", "ami-2"], "Tags": [{"Key": "k", "Value": "v"}]},
        [
            f"ec2:CreateTags {EC2}volume/vol-1",
            f"ec2:CreateTags arn:aws:ec2:{REGION}::image/ami-2",
        ],
    ),
    (
        "ec2",
        "RunInstances",
        {
            "ImageId": "ami-1",
            "KeyName": "key",
            "SubnetId": "subnet-1",
            "IamInstanceProfile": {"Name": "ip"},
            "TagSpecifications": [
                {"ResourceType": "instance", "Tags": [{"Key": "k", "Value": "v"}]}
            ],
        },
        [
            f"ec2:RunInstances arn:aws:ec2:{REGION}::image/ami-1",
            f"ec2:RunInstances {EC2}instance/*",
            f"ec2:RunInstances {EC2}network-interface/*",
            f"ec2:RunInstances {EC2}security-group/*",
            f"ec2:RunInstances {EC2}subnet/subnet-1",
            f"ec2:RunInstances {EC2}key-pair/key",
            f"ec2:RunInstances {EC2}volume/*",
            f"ec2:CreateTags {EC2}instance/*",
            f"iam:PassRole {ROLE}",
        ],
    ),
    (
        "dynamodb",
        "TransactWriteItems",
        {"TransactItems": [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "u"}}]},
        [
            f"dynamodb:PutItem arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t",
            f"dynamodb:ConditionCheckItem arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/u",
        ],
    ),
    (
        "dynamodb",
        "Query",
        {"TableName": "t", "IndexName": "i"},
        [f"dynamodb:Query arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t/index/i"],
    ),
    (
        "dynamodb",
        "GetItem",
        {"TableName": "t", "Key": {"TableName": {"S": "u"}}},
        [f"dynamodb:GetItem arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t"],
    ),
    (
        "dynamodb",
        "ExecuteStatement",
        {"Statement": 'SELECT * FROM "t"."i" WHERE a = 1'},
        [f"dynamodb:PartiQLSelect arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t/index/i"],
    ),
    (
        "lambda",
        "Invoke",
        {"FunctionName": "f", "Qualifier": "live"},
        [f"lambda:InvokeFunction arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:live"],
    ),
    (
        "lambda",
        "CreateFunction",
        {"FunctionName": "f", "Role": ROLE},
        [
            f"lambda:CreateFunction arn:aws:lambda:{REGION}:{ACCOUNT}:function:f",
            f"iam:PassRole {ROLE}",
        ],
    ),
    (
        "sqs",
        "SendMessageBatch",
        {"QueueUrl": f"http://127.0.0.1:5000/{ACCOUNT}/q"},
        [f"sqs:SendMessage arn:aws:sqs:{REGION}:{ACCOUNT}:q"],
    ),
    ("sqs", "ListQueues", {}, ["sqs:ListQueues *"]),
    (
        "sns",
        "Unsubscribe",
        {"SubscriptionArn": "arn:aws:sns:r:1:t:id"},
        ["sns:Unsubscribe arn:aws:sns:r:1:t"],
    ),
    ("sns", "CreateTopic", {"Name": "t"}, [f"sns:CreateTopic arn:aws:sns:{REGION}:{ACCOUNT}:t"]),
    ("cloudwatch", "PutMetricData", {}, ["cloudwatch:PutMetricData *"]),
    ("logs", "CreateLogGroup", {"logGroupName": "x"}, ["logs:CreateLogGroup *"]),
    ("elbv2", "DescribeLoadBalancers", {}, ["elasticloadbalancing:DescribeLoadBalancers *"]),
    ("stepfunctions", "ListStateMachines", {}, ["states:ListStateMachines *"]),
]
