#!/bin/sh
# Like the real image's: `server ...` gets the development settings from the environment.
set -e
if [ "$1" = vault ]; then
    shift
fi
if [ "$1" = server ]; then
    shift
    set -- server -config=/vault/config -dev-plugin-dir=/vault/plugins \
        -dev-root-token-id="$VAULT_DEV_ROOT_TOKEN_ID" \
        -dev-listen-address="${VAULT_DEV_LISTEN_ADDRESS:-0.0.0.0:8200}" "$@"
fi
exec setpriv --reuid=vault --regid=nogroup --clear-groups vault "$@"
