# shellcheck shell=sh disable=SC2016,SC2034,SC2154
# The three programs that carry a plan out; the records are described in relocate.sh. Each prints its first problem, and
# exits 1 if there was one. A switch stops there, an undo goes on. Each step is one system call that is done or not done.

# Writes down the one that this node has: kept in the stage, it undoes a switch without any other text. Sets executor.
# One process where there is perl or python: 5,000 files would be thousands of forks otherwise.
write_executor() {
  for executor in perl python3 /usr/libexec/platform-python sh; do
    if command -v "$executor" >/dev/null 2>&1; then break; fi
  done
  case $executor in
    perl) program="exec perl -C0 -e '$perl_executor' \"\$1\" plan" ;;
    sh) program=$sh_executor ;;
    *) program="exec $executor -c '$python_executor' \"\$1\" plan" ;;
  esac
  printf %s "$program" >executor
}

perl_executor='
my ($direction, $plan) = @ARGV;
my $problem = "";
my $system = eval { require Config; $Config::Config{archname} } || "";
my $utimensat = $system =~ /^x86_64-linux(?!.*x32)/ ? 280 : $system =~ /^aarch64-linux/ ? 88 : 0;
sub finish { print $problem; exit($problem ne "" ? 1 : 0) }
sub must {
  my ($done, $what) = @_;
  return if $done;
  $problem = "$what: $!" if $problem eq "";
  finish() if $direction eq "switch";
}
sub is_there { my @status = lstat $_[0]; return scalar @status }
sub set_attributes {
  my ($directory, $mode, $owner, $time) = @_;
  must(chown(split(/:/, $owner), $directory), "chown $directory") if $owner ne "-";
  must(chmod(oct $mode, $directory), "chmod $directory") if $mode ne "-";
  must(set_time($directory, $time), "touch $directory") if $time ne "-";
}
# perl itself knows no nanoseconds, and a touch a directory takes seconds: so the system call, where its number is known.
sub set_time {
  my ($directory, $time) = @_;
  if ($utimensat && $time =~ /^@(\d+)\.(\d{9})$/) {
    my ($from_here, $leave) = (-100, 0x3ffffffe);
    return syscall($utimensat, $from_here, $directory, pack("q4", 0, $leave, $1, $2), 0) == 0;
  }
  return system("touch", $time =~ /^@/ ? "-d" : "-r", $time, $directory) == 0;
}
sub rename_all {
  my ($from, $to, @names) = @_;
  must(rename("$from/$_", "$to/$_"), "rename to $to/$_") for @names;
}
sub restore { my ($to, $old, @names) = @_; rename_all($old, $to, grep { is_there("$old/$_") } @names) }
my %records = (
  switch => {
    keep => sub { my ($to, $old, @names) = @_; must(link("$to/$_", "$old/$_"), "link $to/$_") for @names },
    aside => sub { my ($to, $old, @names) = @_; rename_all($to, $old, @names) },
    replace => \&rename_all,
    new => \&rename_all,
    mode => sub { must(chmod(oct $_[0], $_[1]), "chmod $_[1]") },
    attributes => sub { set_attributes(@_[0 .. 3]) },
  },
  undo => {
    open => sub { my @status = lstat $_[0]; chmod(($status[2] & 07777) | 0700, $_[0]) if @status },
    keep => \&restore,
    aside => \&restore,
    new => sub {
      my ($from, $to, @names) = @_;
      rename_all($to, $from, grep { is_there("$to/$_") && !is_there("$from/$_") } @names);
    },
    attributes => sub { set_attributes(@_[0, 4 .. 6]) },
  },
);
open my $file, "<", $plan or must(0, $plan);
binmode $file;
local $/;
for (split /\0\0/, <$file>) {
  my ($word, @fields) = split /\0/;
  my $carry_out = $records{$direction}{$word};
  $carry_out->(@fields) if $carry_out;
}
finish();
'

# The bars keep the indentation, which is stripped before a text is sent.
python_executor='
exec(r"""
|import os, sys
|direction, plan = sys.argv[1:]
|problems = []
|def finish():
|    sys.stdout.buffer.write(b"".join(problems[:1]))
|    sys.stdout.flush()
|    os._exit(1 if problems else 0)
|def attempt(what, path, call, *words, **named):
|    try: call(*words, **named)
|    except OSError as error:
|        problems.append(b"%s %s: %s" % (what, path, error.strerror.encode()))
|        if direction == "switch": finish()
|def set_attributes(path, mode, owner, time):
|    if owner != b"-": attempt(b"chown", path, os.chown, path, *map(int, owner.split(b":")))
|    if mode != b"-": attempt(b"chmod", path, os.chmod, path, int(mode, 8))
|    if time != b"-": attempt(b"touch", path, lambda: os.utime(path, ns=(os.stat(path).st_atime_ns, ns_of(time))))
|def ns_of(time):
|    if not time.startswith(b"@"): return os.stat(time).st_mtime_ns
|    seconds, fraction = time[1:].split(b".")
|    return int(seconds) * 10**9 + int(fraction)
|def rename(path, to): attempt(b"rename to", to, os.rename, path, to)
|def link(path, to): attempt(b"link", path, os.link, path, to, follow_symlinks=False)
|def each(call, start, end, names):
|    for name in names: call(start + b"/" + name, end + b"/" + name)
|def take_back(path, to):
|    if os.path.lexists(path) and not os.path.lexists(to): rename(path, to)
|def restore(path, to):
|    if os.path.lexists(path): rename(path, to)
|def reopen(path):
|    if os.path.lexists(path): attempt(b"chmod", path, os.chmod, path, os.stat(path).st_mode & 0o7777 | 0o700)
|records = {
|    "switch": {
|        b"keep": lambda to, old, *names: each(link, to, old, names),
|        b"aside": lambda to, old, *names: each(rename, to, old, names),
|        b"replace": lambda start, to, *names: each(rename, start, to, names),
|        b"new": lambda start, to, *names: each(rename, start, to, names),
|        b"mode": lambda mode, path: attempt(b"chmod", path, os.chmod, path, int(mode, 8)),
|        b"attributes": lambda path, *values: set_attributes(path, *values[:3]),
|    },
|    "undo": {
|        b"open": reopen,
|        b"keep": lambda to, old, *names: each(restore, old, to, names),
|        b"aside": lambda to, old, *names: each(restore, old, to, names),
|        b"new": lambda start, to, *names: each(take_back, to, start, names),
|        b"attributes": lambda path, *values: set_attributes(path, *values[3:]),
|    },
|}
|for record in open(plan, "rb").read().split(b"\0\0")[:-1]:
|    word, *fields = record.split(b"\0")
|    carry_out = records[direction].get(word)
|    if carry_out: carry_out(*fields)
|finish()
""".replace("\n|", "\n"))
'

# The words of a record are names of functions here; names are given to one ln or mv at once. No apostrophe in comments.
sh_executor='
direction=$1 problem=
step() {
  word=$1
  shift
  "${direction}_$word" "$@" && return 0
  problem=${problem:-"cannot $word in $1"}
  [ "$direction" = undo ] || finish
}
finish() {
  printf %s "$problem"
  if [ -z "$problem" ]; then exit 0; else exit 1; fi
}
switch_open() { :; }
undo_open() { [ ! -d "$1" ] || chmod u+rwx "$1"; }
switch_keep() { cd "$1/" && old=$2 && shift 2 && ln -- "$@" "$old/"; }
undo_keep() {
  to=$1 old=$2
  shift 2
  for name; do
    shift
    if exists "$old/$name" && ! same_file "$old/$name" "$to/$name"; then set -- "$@" "$name"; fi
  done
  [ "$#" -eq 0 ] || { cd "$old/" && mv -f -- "$@" "$to/"; }
}
switch_aside() { rename_all "$@"; }
undo_aside() { undo_keep "$@"; }
switch_replace() { rename_all "$@"; }
undo_replace() { :; }
switch_new() { rename_all "$@"; }
undo_new() {
  from=$1 to=$2
  shift 2
  for name; do
    shift
    if exists "$to/$name" && ! exists "$from/$name"; then set -- "$@" "$name"; fi
  done
  [ "$#" -eq 0 ] || { cd "$to/" && mv -f -- "$@" "$from/"; }
}
switch_mode() { chmod "$1" "$2"; }
undo_mode() { :; }
switch_attributes() { set_attributes "$1" "$2" "$3" "$4"; }
undo_attributes() { set_attributes "$1" "$5" "$6" "$7"; }
# mv never copies here: the plan proved that both ends are on one mount.
rename_all() { cd "$1/" && to=$2 && shift 2 && mv -f -- "$@" "$to/"; }
set_attributes() {
  [ "$3" = - ] || chown "$3" "$1" || return 1
  [ "$2" = - ] || chmod "$2" "$1" || return 1
  case $4 in
    -) ;;
    @*) touch -d "$4" "$1" ;;
    *) touch -r "$4" "$1" ;;
  esac
}
# GNU mv refuses to move a file over another link to it; that link was made and nothing was put over it yet.
same_file() {
  if [ -L "$1" ]; then
    [ "$(stat -c %i -- "$1" 2>/dev/null)" = "$(stat -c %i -- "$2" 2>/dev/null)" ]
  else
    [ ! -L "$2" ] && [ "$1" -ef "$2" ]
  fi
}
exists() { [ -e "$1" ] || [ -L "$1" ]; }

. ./plan
finish
'
