# steps.sh - what the scripts share: steps with a log each and, when one fails, a reason.
#
# Sourced. Before its first step the caller sets `checkout`, the repository's folder, and `logs`, a
# folder for the logs.
# shellcheck shell=bash disable=SC2154

me=${0##*/}
failed=no

# One line of progress.
say() {
	printf '%s: %s\n' "$me" "$*"
}

# Ends with a reason.
die() {
	printf '%s: %s\n' "$me" "$*" >&2
	exit 1
}

# attempt NAME WHAT COMMAND... - runs a command with its output in NAME.log; says what it does, and
# on failure shows the end of the log and sets `failed`. Not through a return value: under "if" and
# "||" bash would ignore errors inside COMMAND, when that is a function.
attempt() {
	local log=$logs/$1.log what=$2 began=$SECONDS status

	shift 2
	failed=no
	mkdir -p "$logs"
	say "$what"
	set +e
	(
		set -e
		"$@"
	) >"$log" 2>&1 </dev/null
	status=$?
	set -e
	if [ "$status" != 0 ]; then
		failed=yes
		tail -n "${LOG_LINES:-30}" "$log" | sed 's/^/    /' >&2
		say "failed: $what (status $status after $((SECONDS - began)) s, whole log: $log)" >&2
	fi
}

# step NAME WHAT COMMAND... - the same, for what the rest cannot do without.
step() {
	attempt "$@"
	[ "$failed" = no ] || exit 1
}

# configure DIR OPTION... - sets a meson build up. When options, compiler or libraries are others
# than the last time, it starts over, because meson remembers what it found. A folder that somebody
# set up by hand is used as it is.
configure() {
	local dir=$1 wanted

	shift
	wanted="${CC:-cc} ${PKG_CONFIG_PATH:-} $*"
	if [ -f "$dir/build.ninja" ]; then
		if [ ! -f "$dir/.configured" ] || [ "$(cat "$dir/.configured")" = "$wanted" ]; then
			return
		fi
	fi
	if [ -d "$dir/meson-private" ]; then
		find "$dir" -mindepth 1 -maxdepth 1 ! -name logs -exec rm -rf {} +
	fi
	meson setup "$dir" "$checkout" "$@"
	printf '%s\n' "$wanted" >"$dir/.configured"
}
