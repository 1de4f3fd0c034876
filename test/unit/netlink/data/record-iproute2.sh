#!/bin/bash
# Records what iproute2 sends for each command on standard input, one a line. Again:
#   cut -f1 iproute2-6.1.0.txt > /tmp/commands
#   unshare -rn ./record-iproute2.sh < /tmp/commands > iproute2-6.1.0.txt
# Writes the command, a tab, its last netlink message in hex (those before it ask for
# interface indexes). Whether the kernel accepts the request does not matter: each command has an
# empty namespace.
set -u
while IFS= read -r command; do
  read -r -a words <<< "$command"
  arguments=()
  for word in "${words[@]}"; do
    arguments+=("$word")
    # The null cipher has an empty key, which has to be there all the same.
    [ "$word" = 'ecb(cipher_null)' ] && arguments+=('')
  done
  message=$(strace -e trace=sendmsg,sendto -e write=all -s 4 unshare -n "${arguments[@]}" 2>&1 > /dev/null |
    awk '/^ \| 00000 /{message = ""}
         /^ \| /{bytes = substr($0, 11, 49); gsub(/ /, "", bytes); message = message bytes}
         END{print message}')
  printf '%s\t%s\n' "$command" "$message"
done
