"""IAM's messages for `MalformedPolicyDocument`, as recorded from AWS."""

SYNTAX = "Syntax errors in policy."
VERSION = "Policy document must be version 2012-10-17 or greater."
LEGACY = "The policy failed legacy parsing"
SIDS = "Statement IDs (SID) in a single policy must be unique."
NO_ACTIONS = "Policy statement must contain actions."
NO_RESOURCES = "Policy statement must contain resources."
PRINCIPAL = "Policy document should not specify a principal."
PROHIBITED_RESOURCE = "Has prohibited field Resource"
SID = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
    "expression [0-9A-Za-z]*"
)
MISSING_PRINCIPAL = "Missing required field Principal"
INVALID_PRINCIPAL = "Invalid principal in policy: {}"
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
ONE_COLON = "Actions/Condition can contain only one colon."
INVALID_VENDOR = "Vendor {} is not valid"
NOT_AN_ARN = 'Resource {} must be in ARN format or "*".'
PARTITION = 'Partition "{}" is not valid for resource "{}".'
SERVICE = "Resource vendor must be fully qualified and cannot contain regexes."
IAM_REGION = "IAM resource {} cannot contain region information."
S3_REGION = "Resource {} can not contain region information."
IAM_PATH = 'IAM resource path must either be "*" or start with {}.'
TRUST_ACTIONS = (
    "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  "
    "and sts:AssumeRoleWithWebIdentity"
)
