#!/bin/sh
# One piece of PostgreSQL's log of changes into the archive, for its archive_command: archive_wal.sh FROM TO.gz
# It is there whole and on the disk, or not at all. To do it again is fine where it is the same, else an error.
set -eu

if [ -e "$2" ]; then
    gunzip -c "$2" | cmp -s - "$1"
    exit
fi
gzip -c "$1" > "$2.part"
sync "$2.part"
mv "$2.part" "$2"
sync "$(dirname "$2")"
