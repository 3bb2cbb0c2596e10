#!/bin/sh
# Finds an nginx for the tests of several nodes, installs Debian's where it may, and says plainly when there is none.
set -eu
PATH=$PATH:/usr/sbin:/usr/local/sbin
if command -v nginx >/dev/null 2>&1; then
    echo "Tests of several nodes use $(command -v nginx)."
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "No nginx found: installing Debian's."
    export DEBIAN_FRONTEND=noninteractive
    # Only the program is wanted: nothing may start to listen on this machine because of a test.
    refusal=/usr/sbin/policy-rc.d
    if [ ! -e $refusal ]; then
        printf '#!/bin/sh\nexit 101\n' >$refusal
        chmod 755 $refusal
        trap 'rm -f $refusal' EXIT
    fi
    if apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light >/dev/null; then
        exit 0
    fi
    echo "nginx could not be installed: the tests of several nodes will fail." >&2
else
    echo "No nginx found, and it can only be installed by root: the tests of several nodes will fail." >&2
fi
exit 0
