# Carries out the plan of the stage that is the working directory: perl executor.pl prepare|switch|undo.
# relocate.sh describes the records. executor.py and executor.sh do the same in the same words. For perl 5.10 and newer.
# Prints the first problem, and exits 1 if there was one; a switch that ended well prints how many of each step it has done.
# Each step is one system call that is done or not done, so that a kill at any moment can be taken back.
use strict;

my ($direction) = @ARGV;
my ($problem, $preserve, $destination, $tree) = ("", "", "", "");
my %done = map { $_ => 0 } qw(replace aside new attributes);

# perl itself knows no nanoseconds, and a touch a file takes seconds: so the system calls, where their numbers are known.
my $machine = eval { require Config; $Config::Config{archname} } || "";
my ($utimensat, $fstatat) =
  $machine =~ /^x86_64-linux(?!.*x32)/ ? (280, 262) : $machine =~ /^aarch64-linux/ ? (88, 79) : (0, 0);
my ($from_here, $not_through_links, $leave) = (-100, 0x100, 0x3ffffffe);

my $layout = $fstatat == 262 ? "x24 L3 x12 q x32 q2" : "x16 L x4 L2 x16 q x32 q2";
my $seen = "\0" x 256;

my @plan = read_records("plan", "step");
check_plan();
if ($direction eq "prepare") { prepare() }
elsif ($direction eq "switch") { switch() }
else { undo() }
finish();

sub finish { print $problem; exit($problem ne "" ? 1 : 0) }

# An undo goes on after a problem; all else stops.
sub problem {
  $problem = $_[0] if $problem eq "";
  finish() if $direction ne "undo";
  return 0;
}

sub must { my ($done, $what) = @_; return $done || problem("cannot $what: " . reason()) }

# Nothing is done by a list that is not whole.
sub refuse { problem($_[0]); finish() }

sub reason {
  my ($not_permitted, $across) = (1, 18);
  return "$!" . ($! == $not_permitted ? " (is it immutable or append-only? see lsattr)" : $! == $across ? " (another file system or subvolume)" : "");
}

# --- words -------------------------------------------------------------------------------------------------------

sub read_records {
  my ($name, $word) = @_;
  my @records;
  my $file;
  open($file, "<", $name) or refuse("cannot read $name: $!");
  binmode $file;
  while (my $line = <$file>) {
    my @words = words($line);
    refuse("$name is not whole: line $.") if !@words || shift(@words) ne $word;
    push @records, \@words;
  }
  return @records;
}

# The words of a line as sh reads them, where all is bare or in single quotes, with '\'' and '"$n"' (a newline) in between.
sub words {
  my ($line) = @_;
  # The usual line of a list of members.
  return ("member", $1, $2, $3, $4, $5, "") if $line =~ /\Amember (\w+) ([\d:]+) (\d+) ([\d.]+) '([^']*)' ''\n\z/;
  return unless $line =~ s/\n\z//;
  $line = " $line";
  my @words;
  while ($line =~ /\G (?:([\w:.-]+)|'([^']*(?:'(?:\\'|"\$n")'[^']*)*)')/gc) {
    my ($bare, $word) = ($1, $2);
    $word = $bare if defined $bare;
    $word =~ s/'(\\'|"\$n")'/$1 eq "\\'" ? "'" : "\n"/ge;
    push @words, $word;
  }
  return (pos($line) || 0) == length $line ? @words : ();
}

sub quote {
  my ($word) = @_;
  $word =~ s/'/'\\''/g;
  $word =~ s/\n/'"\$n"'/g;
  return "'$word'";
}

# Each record has its number, a word that is known, and its fields; the last one says how many names there are of each kind.
sub check_plan {
  my %fields = (destination => [3, 3], copy => [2, 2], replace => [4], aside => [4], new => [3], attributes => [2, 2], end => [4, 4]);
  my %planned = %done;
  for my $at (0 .. $#plan) {
    my ($number, $word, @fields) = @{$plan[$at]};
    my ($least, $most) = @{$fields{$word} || refuse("the plan has an unknown step: $word")};
    refuse("the plan is wrong in step " . ($at + 1)) if $number != $at + 1 || @fields < $least || ($most && @fields > $most);
    ($destination, $tree, $preserve) = @fields if $word eq "destination";
    $planned{$word} += $word eq "attributes" ? 1 : @fields - $least + 1 if exists $planned{$word};
  }
  my ($number, $word, @counts) = @{$plan[-1] || []};
  refuse("the plan is not whole") if !@counts || $word ne "end" || $preserve eq "" || counts(%planned) ne "@counts";
}

sub counts { my (%count) = @_; return join " ", map { $count{$_} } qw(replace aside new attributes) }

# --- what is there -------------------------------------------------------------------------------------------------

# What is at a path itself, or nothing: mode, owner, size, time, dev, ino.
sub look {
  my ($path) = @_;
  my @status = lstat $path or return;
  my ($seconds, $nanoseconds) = ($status[9], 0);
  if ($fstatat) {
    my $buffer = "\0" x 256;
    return if syscall($fstatat, $from_here, "$path", $buffer, $not_through_links) != 0;
    ($seconds, $nanoseconds) = unpack "x88 q2", $buffer;
  }
  my $time = sprintf "%d.%09d", $seconds, $nanoseconds;
  return {mode => $status[2], owner => "$status[4]:$status[5]", size => $status[7], time => $time, dev => $status[0], ino => $status[1]};
}

# The usual answer, in one call: a file that is as it was sent.
sub is_as_sent {
  my ($path, $member) = @_;
  return 0 if !$fstatat || ($member->{mode} & 0176000) != 0100000;
  return 0 if syscall($fstatat, $from_here, "$path", $seen, $not_through_links) != 0;
  my ($mode, $uid, $gid, $size, $seconds, $nanoseconds) = unpack $layout, $seen;
  return 0 if $mode != $member->{mode} || $size != $member->{size} || $preserve eq "yes" && "$uid:$gid" ne $member->{owner};
  return sprintf("%d.%09d", $seconds, $nanoseconds) eq $member->{time};
}

sub is_there { my @status = lstat $_[0]; return scalar @status }
sub is_directory { my @status = lstat $_[0]; return @status && ($status[2] & 0170000) == 0040000 }
sub kind { return $_[0]{mode} & 0170000 }

# --- before the barrier --------------------------------------------------------------------------------------------

# Does all that can be refused and changes no destination. What is to be replaced gets its second name here.
sub prepare {
  $SIG{$_} = "IGNORE" for qw(TERM HUP INT);
  survey() if !-e "manifest";
  fit();
  my (%places, %asked);
  must(open(my $before, ">", "before"), "write before");
  for (@plan) {
    my ($number, $word, @fields) = @$_;
    if ($word eq "attributes") {
      my ($directory) = @fields;
      my $now = look($directory) or must(0, "look at $directory");
      # Asked by what changes nothing: a mode that is set anew may lose its set-group-id bit.
      my ($owner) = split /:/, $now->{owner};
      must(chown($owner, -1, $directory), "change the attributes of $directory") if may_attend($now);
      printf $before "before %d %o %s %s\n", $number, $now->{mode} & 07777, $now->{owner}, $now->{time};
    }
    next unless exists $done{$word} && $word ne "attributes";
    my ($from, $to) = splice @fields, 0, 2;
    my $old = $word eq "new" ? "" : shift @fields;
    $asked{$to} ||= ask_directory($to, $from);
    for my $name (@fields) {
      my $other = $places{"$asked{$to}/$name"};
      problem("$other and $to/$name are one place on this node") if defined $other;
      $places{"$asked{$to}/$name"} = "$to/$name";
    }
    must(mkdir($old, 0700), "make $old") if $old ne "";
    keep($to, $old, $_) for $word eq "replace" ? @fields : ();
    ask_file("$to/$_") for $word eq "aside" ? @fields : ();
  }
  must(close($before), "write before");
}

sub keep { my ($to, $old, $name) = @_; must(link("$to/$name", "$old/$name"), "link $to/$name") }

sub may_attend { my ($now) = @_; return $> == 0 || $now->{owner} =~ /^$>:/ }

# A rename works within one file system and subvolume, and nothing can be taken back from a directory that is append-only.
sub ask_directory {
  my ($to, $from) = @_;
  my @there = stat "$to/." or must(0, "look at $to/");
  my @here = stat "$from/." or must(0, "look at $from/");
  problem("cannot rename to $to/: it is on another file system or subvolume than $from") if $there[0] != $here[0];
  my ($flags, $directory) = pack "l!", 0;
  if (sysopen($directory, "$to/.", 0) && defined ioctl($directory, length($flags) == 8 ? 0x80086601 : 0x80046601, $flags)) {
    my $set = unpack "L", $flags;
    problem("cannot change $to/: it is append-only, see lsattr") if $set & 0x20;
    problem("cannot change $to/: it is immutable, see lsattr") if $set & 0x10;
  }
  return "$there[0]:$there[1]";
}

# Whose file may not be linked, and is moved aside, may be immutable: that is EPERM, where others may only not write.
sub ask_file {
  my ($path) = @_;
  my $now = look($path) or return must(0, "look at $path");
  my ($append, $not_permitted) = (02001, 1);
  must(0, "replace $path") if kind($now) == 0100000 && !sysopen(my $file, $path, $append) && $! == $not_permitted;
}

# --- the stage against what was sent -------------------------------------------------------------------------------

my @members;

sub manifest {
  return @members if @members;
  for (read_records("manifest", "member")) {
    refuse("the manifest is not whole") if @$_ != 6;
    my ($mode, $owner, $size, $time, $path, $target) = @$_;
    push @members, {mode => hex $mode, owner => $owner, size => $size, time => $time, path => $path, target => $target};
  }
  return @members;
}

# Without a list of what was sent, that which is staged is what shall be there. Directories that are there stay as they are.
sub survey {
  must(open(my $list, ">", "manifest"), "write manifest");
  my @left = sort(names($tree));
  my @closed;
  while (@left) {
    my $path = shift @left;
    my $now = look("$tree/$path") or must(0, "look at $tree/$path");
    if ($> != 0 && kind($now) == 0040000 && ($now->{mode} & 0700) != 0700) {
      push @closed, [$now->{mode} & 07777, "$tree/$path"];
      must(chmod($now->{mode} & 07777 | 0700, "$tree/$path"), "open $tree/$path");
    }
    my $target = kind($now) == 0120000 ? readlink "$tree/$path" : "";
    my $stays = kind($now) == 0040000 && -d "$destination/$path";
    printf $list "member %x %s %d %s %s %s\n", @$now{qw(mode owner size time)}, quote($path), quote($target) if !$stays;
    unshift @left, map { "$path/$_" } sort(names("$tree/$path")) if kind($now) == 0040000;
  }
  for (reverse @closed) { must(chmod($_->[0], $_->[1]), "close $_->[1]") }
  must(close($list), "write manifest");
}

sub names {
  my ($path) = @_;
  must(opendir(my $directory, $path), "read $path");
  return grep { $_ ne "." && $_ ne ".." } readdir $directory;
}

# Each staged member gets what it was sent with, where tar did not see to it; what it cannot get is a problem.
sub fit {
  my (@closed, $coarse);
  my @copies = map { [@$_[2, 3]] } grep { $_->[1] eq "copy" } @plan;
  for my $member (manifest()) {
    my $staged = "$tree/$member->{path}";
    for (@copies) {
      my ($from, $to) = @$_;
      $staged = $to . substr($staged, length $from) if index("$staged/", "$from/") == 0;
    }
    problem("the path is too long for this node: $destination/$member->{path}") if length("$destination/$member->{path}") > 4095;
    next if is_as_sent($staged, $member);
    my $now = look($staged) or must(0, "find $member->{path} in the stage");
    if ($> != 0 && kind($now) == 0040000 && ($now->{mode} & 0700) != 0700) {
      push @closed, [$staged, $now->{mode} & 07777];
      must(chmod($now->{mode} & 07777 | 0700, $staged), "open $staged");
    }
    my $inexact = mend($staged, $now, $member);
    $coarse ||= $inexact;
  }
  for (reverse @closed) { must(chmod($_->[1], $_->[0]), "close $_->[0]") }
  return unless $coarse;
  must(open(my $file, ">", "coarse"), "write coarse");
  print STDERR "lockstep: times are not kept exactly on this node, as that of $coarse\n";
}

# The member's path where its time cannot be kept.
sub mend {
  my ($staged, $now, $member) = @_;
  my %unlike = map { $_ => 1 } unlike($now, $member, $staged) or return "";
  my $is_link = kind($member) == 0120000;
  if ($unlike{owner}) {
    my ($uid, $gid) = split /:/, $member->{owner};
    must($is_link ? lchown($uid, $gid, $staged) : chown($uid, $gid, $staged), "chown $staged");
  }
  must(chmod(mode_of($member), $staged), "chmod $staged") if !$is_link && ($unlike{owner} || $unlike{mode});
  set_time($staged, $member->{time}) if $unlike{time};
  my @left = unlike(look($staged), $member, $staged) or return "";
  return $member->{path} if "@left" eq "time";
  problem("$member->{path} cannot be kept as it was sent: its $left[0] is another one in the stage");
}

sub lchown { require POSIX; return POSIX::lchown(@_) }

# A set-user-id or set-group-id bit is meant for the owner it was sent with; under another one it would give that one's rights away.
sub mode_of {
  my ($member) = @_;
  return $member->{mode} & ($preserve eq "yes" || kind($member) == 0040000 ? 07777 : 01777);
}

# In what a path is not as the member was sent: type, size, target, owner, mode, time.
sub unlike {
  my ($now, $member, $path) = @_;
  my $kind = kind($member);
  return "type" if kind($now) != $kind;
  my @unlike;
  push @unlike, "size" if $kind == 0100000 && $now->{size} != $member->{size};
  push @unlike, "target" if $kind == 0120000 && readlink($path) ne $member->{target};
  push @unlike, "owner" if $preserve eq "yes" && $now->{owner} ne $member->{owner};
  # Elsewhere a directory has the set-group-id bit by where it is, and the stage's were opened to be worked in.
  my $heeded = $kind == 0040000 && $preserve ne "yes" ? 05777 : 07777;
  $heeded &= 07077 if $kind == 0040000 && $> != 0 && $direction eq "prepare" && ($now->{mode} & 0700) == 0700;
  push @unlike, "mode" if $kind != 0120000 && ($now->{mode} & $heeded) != (mode_of($member) & $heeded);
  push @unlike, "time" if $fstatat ? $now->{time} ne $member->{time} : int($now->{time}) != int($member->{time});
  return @unlike;
}

# TIME is whole seconds, rounded down, and nine digits.
sub set_time {
  my ($path, $time) = @_;
  my ($seconds, $nanoseconds) = split /\./, $time;
  if ($utimensat) {
    my $times = pack "q4", 0, $leave, $seconds, $nanoseconds;
    return syscall($utimensat, $from_here, "$path", $times, $not_through_links) == 0;
  }
  my $value = $seconds < 0 && $nanoseconds > 0 ? sprintf("-%d.%09d", -$seconds - 1, 1e9 - $nanoseconds) : $time;
  return system("touch", "-h", "-m", "-d", "\@$value", $path) == 0;
}

# --- the commit ----------------------------------------------------------------------------------------------------

sub switch {
  for (@plan) {
    my ($number, $word, @fields) = @$_;
    if ($word eq "attributes") { attend(@fields) }
    next if $word eq "attributes" || !exists $done{$word};
    my ($from, $to) = splice @fields, 0, 2;
    my $old = $word eq "new" ? "" : shift @fields;
    for my $name (@fields) {
      keep_again($to, $old, $name) if $word eq "replace";
      must(rename("$to/$name", "$old/$name"), "move $to/$name aside") if $word eq "aside";
      problem("$to/$name has appeared meanwhile") if $word eq "new" && is_there("$to/$name");
      put("$from/$name", "$to/$name");
      $done{$word}++;
    }
  }
  prove();
  print counts(%done) if $problem eq "";
}

# Somebody may have put another file there since its second name was made.
sub keep_again {
  my ($to, $old, $name) = @_;
  my ($now, $kept) = (look("$to/$name"), look("$old/$name"));
  return if $now && $kept && "$now->{dev}:$now->{ino}" eq "$kept->{dev}:$kept->{ino}";
  must(unlink("$old/$name"), "remove $old/$name") if $kept;
  keep($to, $old, $name);
}

# A directory can be moved only by who may write to it.
sub put {
  my ($path, $to) = @_;
  my $now = $> == 0 ? undef : look($path);
  my $is_closed = $now && kind($now) == 0040000 && !($now->{mode} & 0200);
  must(chmod($now->{mode} & 07777 | 0700, $path), "open $path") if $is_closed;
  must(rename($path, $to), "rename to $to");
  must(chmod($now->{mode} & 07777, $to), "close $to") if $is_closed;
}

my %member_of;

# The attributes that directory MEMBER was sent with; a directory that nobody sent keeps its own.
sub attend {
  my ($directory, $path) = @_;
  if ($path ne "") {
    %member_of = map { $_->{path} => $_ } manifest() if !%member_of;
    my $member = $member_of{$path} or return problem("$path is not in the manifest");
    set_attributes($directory, mode_of($member), $preserve eq "yes" ? $member->{owner} : "", $member->{time});
  }
  $done{attributes}++;
}

sub set_attributes {
  my ($directory, $mode, $owner, $time) = @_;
  my $now = look($directory) or return must(0, "look at $directory");
  if ($owner ne "" && $now->{owner} ne $owner) { must(chown(split(/:/, $owner), $directory), "chown $directory") }
  if (($now->{mode} & 07777) != $mode) { must(chmod($mode, $directory), "chmod $directory") }
  if ($now->{time} ne $time) { must(set_time($directory, $time), "touch $directory") }
}

# What was sent is looked at where it shall be, and nothing of it may be left in the stage.
sub prove {
  my $is_coarse = -e "coarse";
  for my $member (manifest()) {
    my $path = "$destination/$member->{path}";
    next if is_as_sent($path, $member);
    my $now = look($path);
    # A root that is a link to a directory there was followed.
    $now = look("$path/.") if $now && kind($member) == 0040000 && kind($now) == 0120000;
    # What is closed to its owner was looked at in the stage, and came here as a whole.
    next if !$now && $> != 0 && $! == 13;
    must($now, "find $path");
    my $is_foreign = kind($now) == 0040000 && !may_attend($now);
    for my $what (unlike($now, $member, $path)) {
      next if $what eq "time" && $is_coarse || $is_foreign && $what ne "type";
      problem("$path has another $what than it was sent with");
    }
  }
  my @left = ("tree", "above", map { $_->[3] } grep { $_->[1] eq "copy" } @plan);
  while (@left) {
    my $path = shift @left;
    next if !is_there($path);
    problem("$path was not put in place") if !is_directory($path);
    push @left, map { "$path/$_" } names($path);
  }
}

# --- the way back --------------------------------------------------------------------------------------------------

# Last to first, so that what was changed twice is at last what it was; then attributes, those of what lies deepest first.
sub undo {
  my %before = map { $_->[0] => $_ } read_records("before", "before");
  for (reverse @plan) {
    my ($number, $word, @fields) = @$_;
    if ($word eq "attributes") { reopen($fields[0]) }
    next if $word eq "attributes" || !exists $done{$word};
    my ($from, $to) = splice @fields, 0, 2;
    my $old = $word eq "new" ? "" : shift @fields;
    for my $name (reverse @fields) {
      next if $word ne "aside" && is_there("$from/$name");
      if ($old ne "") { put("$old/$name", "$to/$name") if is_there("$old/$name") }
      elsif (is_there("$to/$name")) { take_back("$to/$name", "$from/$name") }
    }
  }
  for (@plan) {
    my ($number, $word, $directory) = @$_;
    next if $word ne "attributes";
    my $before = $before{$number} or problem("before is not whole") or next;
    set_attributes($directory, oct $before->[1], $before->[2], $before->[3]);
  }
}

sub reopen {
  my ($path) = @_;
  my $now = look($path) or return;
  must(chmod($now->{mode} & 07777 | 0700, $path), "open $path") if $> != 0 && ($now->{mode} & 0700) != 0700 && may_attend($now);
}

# In the stage it may stay open.
sub take_back {
  my ($path, $to) = @_;
  my $now = look($path);
  must(chmod($now->{mode} & 07777 | 0700, $path), "open $path") if $> != 0 && kind($now) == 0040000 && !($now->{mode} & 0200);
  must(rename($path, $to), "rename to $to");
}
