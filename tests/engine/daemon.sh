# shellcheck shell=bash
# Starts and stops one private Docker daemon. Each has its own mount and pid namespace (so its containerd, shims and
# containers end with it and /run is its own), its own data folder, bridge and addresses. It writes no firewall rules;
# the three its containers need to reach the network are made here and removed by `down`. Sourced by `up` and `down`.

# The first process in the daemon's namespace: starts dockerd, hands on the request to stop, and reaps orphans.
# shellcheck disable=SC2016
INIT='
  dockerd --config-file /run/distil/$1.json >>/run/distil/$1.log 2>&1 & daemon=$!
  trap "kill -TERM $daemon" TERM INT
  while kill -0 $daemon 2>/dev/null; do wait $daemon; done
'

# Bridge and addresses of a store, "NAME 10.N": the ones it had before when they are still free.
choose_network() {
  local store=$1 n name bridge old=
  name=$(printf '%s' "$CACHE" | cksum | cut -c1-6)
  case $store in classic) bridge=dstl${name}a ;; containerd) bridge=dstl${name}b ;; cold) bridge=dstl${name}c ;; *) bridge=dstl${name}d ;; esac
  if [ -s "$RUN/$store.net" ]; then
    [ ! -d "/sys/class/net/$bridge" ] || return 0
    old=$(sed 's/.*10\.//' "$RUN/$store.net")
  fi
  for n in $old $(seq 213 250); do
    if [ -z "$(enter "$ROOT" ip -4 route show root "10.$n.0.0/16")" ]; then
      echo "$bridge 10.$n" >"$RUN/$store.net"
      return
    fi
  done
  fail "no free network between 10.213.0.0/16 and 10.250.0.0/16"
}

# network up|down BRIDGE PREFIX: the bridge, and the rules that let its containers out.
network() {
  # shellcheck disable=SC2016
  enter "$ROOT" sh -c '
    verb=$1 bridge=$2 net=$3.0.0/16
    rule() { # TABLE CHAIN RULE...
      table=$1 chain=$2; shift 2
      if [ "$verb" = up ]; then
        iptables -w -t "$table" -C "$chain" "$@" 2>/dev/null || iptables -w -t "$table" -I "$chain" "$@" || exit 1
      else
        while iptables -w -t "$table" -D "$chain" "$@" 2>/dev/null; do :; done
      fi
    }
    if [ "$verb" = up ]; then
      [ -d "/sys/class/net/$bridge" ] || ip link add "$bridge" type bridge || exit 1
      ip addr replace "$3.0.1/24" dev "$bridge" && ip link set "$bridge" up || exit 1
      [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] || echo 1 >/proc/sys/net/ipv4/ip_forward
    fi
    if [ "$verb" = down ]; then # the bridges of networks that users of the daemon made
      ip -o -4 addr show | awk -v own=" $3." "index(\$0, own) { print \$2 }" | while read -r own; do
        [ ! -d "/sys/class/net/$own/bridge" ] || ip link del "$own"
      done
    fi
    rule nat POSTROUTING -s "$net" ! -d "$net" -j MASQUERADE
    rule filter FORWARD -d "$net" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    rule filter FORWARD -s "$net" -j ACCEPT
  ' network "$@"
}

# Which storage driver the cache's file system can carry: overlay cannot lie on overlay, for one.
overlay_works() {
  local try=$CACHE/engine/try
  mkdir -p "$try/lower" "$try/upper" "$try/work" "$try/merged"
  unshare --mount --propagation private \
    mount -t overlay overlay -o "lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" "$try/merged" 2>/dev/null
}

# By default BuildKit throws its cache away, mounts included, as soon as four fifths of the disk are full, by whatever: tests of
# the cache would fail there, and the bench would time builds that lack it. In the containerd store it neither counts nor frees by
# size what records of the cache share, which is most of it; so what an hour's builds did not use goes there, and all else stays. One
# run of all tests leaves 40 GB behind, a second one filled a disk of 100 GB, and a full disk fails a test with nothing but an exit
# code. In the classic store the same rule takes layers that images still have.
configure_daemon() {
  local store=$1 driver bridge net features=false
  local gc='"defaultReservedSpace": "5GB", "defaultMaxUsedSpace": "20GB", "defaultMinFreeSpace": "5GB"'
  read -r bridge net <"$RUN/$store.net"
  if [ "$store" = classic ] || [ "$store" = old ]; then
    driver=overlay2
    overlay_works || driver=vfs
  else
    features=true
    gc='"policy": [{ "all": true, "filter": ["unused-for=1h"] }]'
    driver=overlayfs
    overlay_works || driver=native
  fi
  remove_tree "$CACHE/engine/try"
  case $driver in overlay*) ;; *) say "no overlay file system can be mounted in $CACHE: using the slow '$driver' driver" ;; esac
  cat >"$RUN/$store.json" <<JSON
{
  "hosts": ["unix:///run/distil/$store.sock"],
  "group": "root",
  "pidfile": "/run/docker.pid",
  "data-root": "/var/lib/docker",
  "exec-root": "/run/docker",
  "storage-driver": "$driver",
  "features": { "containerd-snapshotter": $features },
  "bridge": "$bridge",
  "iptables": false,
  "ip6tables": false,
  "default-address-pools": [{ "base": "$net.128.0/17", "size": 24 }],
  "builder": { "gc": { "enabled": true, $gc } },
  "log-opts": { "max-size": "10m" },
  "live-restore": false
}
JSON
}

start_daemon() {
  local store=$1 bridge net tries=0
  if [ -n "$(daemon_pid "$store" || true)" ] && own_docker "$store" version >/dev/null 2>&1; then
    say "the $store daemon is already running"
    return
  fi
  stop_daemon "$store"
  mkdir -p "$RUN" "$CACHE/engine/$store"
  [ "${#RUN}" -lt 85 ] || fail "the path $RUN is too long for a socket; set DISTIL_CACHE to a shorter one"
  choose_network "$store"
  read -r bridge net <"$RUN/$store.net"
  network up "$bridge" "$net"
  configure_daemon "$store"
  : >"$RUN/$store.log"
  DISTIL_PIDFILE=$RUN/$store.pid container=distil \
    setsid nohup unshare --mount --pid --fork --propagation slave \
    sh "$ENGINE_DIR/enter.sh" "$ROOT" host: tmpfs:/run "$RUN:/run/distil" "$CACHE/engine/$store:/var/lib/docker" -- \
    /bin/bash -c "$INIT" "distil-engine:$store:$CACHE" "$store" </dev/null >>"$RUN/$store.log" 2>&1 9>&- &
  until own_docker "$store" version >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 200 ] || { [ "$tries" -gt 10 ] && [ -z "$(daemon_pid "$store" || true)" ]; }; then
      say "the $store daemon did not come up; the end of $RUN/$store.log:"
      tail -n 25 "$RUN/$store.log" >&2
      stop_daemon "$store"
      fail "no $store daemon"
    fi
    sleep 0.2
  done
  say "the $store daemon is up: docker $(own_docker "$store" version --format '{{.Server.Version}}'), unix://$RUN/$store.sock"
}

# Asks the daemon to stop; ends its namespace, and everything in it, when it does not within 20 seconds.
stop_daemon() {
  local store=$1 pid tries=0
  pid=$(daemon_pid "$store") || { rm -f "$RUN/$store.pid" "$RUN/$store.sock"; return 0; }
  kill -TERM "$pid"
  while [ -n "$(daemon_pid "$store" || true)" ]; do
    tries=$((tries + 1))
    [ "$tries" != 100 ] || kill -KILL "$pid"
    [ "$tries" -lt 200 ] || fail "the $store daemon (pid $pid) does not end"
    sleep 0.2
  done
  rm -f "$RUN/$store.pid" "$RUN/$store.sock"
  say "the $store daemon is stopped"
}
