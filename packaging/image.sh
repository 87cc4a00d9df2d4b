#!/bin/sh
# Lays out the root of a container: the program, the libraries it asks for, the authorities it trusts, and one user
# without rights. There is no shell in it. Usage: image.sh PROGRAM FOLDER
set -eu

program=$1
image=$2

install -D -m 755 "$program" "$image/usr/bin/ping-listener"
ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
    install -D -m 755 "$library" "$image$library"
done
install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/ca-certificates.crt"
echo 'ping-listener:x:65532:65532:Ping Listener:/:' >"$image/etc/passwd"
echo 'ping-listener:x:65532:' >"$image/etc/group"
install -d -m 755 "$image/config"
install -d -m 700 -o 65532 -g 65532 "$image/data"
