#!/bin/sh
# enter.sh ROOT [FROM:TO]... -- COMMAND...: mounts what a command needs in ROOT and runs it there. To be started in a
# fresh mount namespace (`unshare --mount`): the mounts are invisible to the machine and vanish with the command.
# FROM may be `tmpfs`, or `host` (TO is then ignored: the machine's own top folders appear in ROOT, so that bind mounts of
# containers find their files). DISTIL_PIDFILE: where to write the pid, as the machine counts it.
set -eu

root=$1
shift
if [ -n "${DISTIL_PIDFILE:-}" ]; then
  read -r pid _ </proc/self/stat # still the machine's /proc: the pid seen from outside
  echo "$pid" >"$DISTIL_PIDFILE"
fi

host_folders() {
  for folder in /*; do
    case $folder in
      /bin | /sbin | /lib* | /usr | /etc | /var | /run | /proc | /sys | /dev | /boot | /lost+found) continue ;;
    esac
    if [ -d "$folder" ] && [ ! -L "$folder" ]; then
      mkdir -p "$root$folder"
      mount --bind "$folder" "$root$folder"
    fi
  done
}

mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"

# Name resolution as the machine has it; a local stub (systemd-resolved) is not reachable from containers.
resolv=/etc/resolv.conf
if grep -q '^nameserver 127\.0\.0\.53' "$resolv" 2>/dev/null && [ -s /run/systemd/resolve/resolv.conf ]; then
  resolv=/run/systemd/resolve/resolv.conf
fi
if [ -s "$resolv" ]; then
  [ ! -L "$root/etc/resolv.conf" ] || rm -f "$root/etc/resolv.conf"
  [ -e "$root/etc/resolv.conf" ] || : >"$root/etc/resolv.conf"
  mount --bind "$resolv" "$root/etc/resolv.conf"
fi

while [ "$1" != -- ]; do
  from=${1%%:*}
  to=$root${1#*:}
  case $from in
    host) host_folders ;;
    tmpfs) mkdir -p "$to" && mount -t tmpfs -o mode=755 tmpfs "$to" ;;
    *)
      if [ -d "$from" ]; then mkdir -p "$to"; else [ -e "$to" ] || : >"$to"; fi
      mount --bind "$from" "$to"
      ;;
  esac
  shift
done
shift
# The root has to be the namespace's own, not only this process's as with chroot: `docker exec` joins the namespace of a
# container that was started from here, and would find the machine's files instead of the container's.
cd "$root"
pivot_root . .
umount -l .
exec chroot . "$@"
