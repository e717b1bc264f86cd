"""Start the AWS side: `LABKIT_AWS_TOKEN=... python -m labkit.servers.aws --port 5000`."""

from labkit.servers.aws.server import main

if __name__ == "__main__":
    main()
