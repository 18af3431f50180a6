# Makes the stage equal to what was sent, and proves that it is.

# Gives each staged member the attributes that it was sent with, where tar has not. One that it cannot get is a problem, and so are other
# bytes and other names. Writes the lines that the plan names to placed: not those in a directory that goes to its place as a whole.
sub fit {
  my ($is_sent) = @_;
  my (@closed, $coarse);
  # Paths that begin so come with a directory as a whole. "/" is none yet: no path begins with a slash.
  my $whole = "/";
  my $room = 4094 - length $destination;
  my $has_copies = grep { $_->[1] eq "copy" } @plan;
  must(open(my $manifest, "<", "manifest"), "read manifest");
  must(open(my $placed, ">", "placed"), "write placed");
  must(open(my $mends, ">", "mends"), "write mends");
  while (my $line = <$manifest>) {
    if (index($line, "mended ") == 0) {
      print $placed $line;
      prepare_mend($mends, $line);
      next;
    }
    my ($path, $size, $mode, $sum) = $has_copies ? () : path_as_sent("$tree/", $line);
    my $is_fit = defined $path;
    if ($is_fit) {
      note_name($path, ($mode & 0170000) == 0040000);
      expect_sum($sum, $size, $path, "$tree/$path", $mode) if $sum ne "-";
      next if index($path, $whole) == 0 && length $path <= $room;
    }
    my $member = member($line);
    $path = $member->{path};
    problem("the path is too long for this node: $destination/$path") if length $path > $room;
    if (index($path, $whole) != 0) {
      print $placed $line;
      $whole = "$path/" if !$is_paranoid && kind($member) == 0040000 && !-d "$destination/$path";
    }
    next if $is_fit;
    note_name($path, kind($member) == 0040000);
    my $staged = staged($path);
    my $now = look($staged) or must(0, "find $path in the stage");
    if ($> != 0 && kind($now) == 0040000 && ($now->{mode} & 0700) != 0700) {
      push @closed, [$staged, $now->{mode} & 07777];
      must(chmod($now->{mode} & 07777 | 0700, $staged), "open $staged");
    }
    my $inexact = mend($staged, $now, $member);
    $coarse ||= $inexact;
    expect_sum($member->{sum}, $member->{size}, $path, $staged, mode_of($member)) if $member->{sum} ne "-";
  }
  check_sums();
  refuse_surplus() if $is_sent;
  must(close($placed) && close($mends), "write placed");
  refuse("the manifest is not whole") if $prepared != $to_mend;
  for (reverse @closed) { must(chmod($_->[1], $_->[0]), "close $_->[0]") }
  return unless $coarse;
  must(open(my $file, ">", "coarse"), "write coarse");
  print STDERR "lockstep: times are not kept exactly on this node, as that of $coarse\n";
}

my $copies;

# Where a member lies in the stage, or in a stage on another mount.
sub staged {
  my $staged = "$tree/$_[0]";
  $copies ||= [map { [@$_[2, 3]] } grep { $_->[1] eq "copy" } @plan];
  for (@$copies) {
    my ($from, $to) = @$_;
    $staged = $to . substr($staged, length $from) if index("$staged/", "$from/") == 0;
  }
  return $staged;
}

# Sets the attributes that differ. Returns the member's path where its time cannot be kept.
sub mend {
  my ($staged, $now, $member) = @_;
  my %unlike = map { $_ => 1 } unlike($now, $member, $staged) or return "";
  if (kind($now) == 0100000 && is_shared($member->{path}, $staged)) {
    return $member->{path} if join("", keys %unlike) eq "time" && is_whole_second($now->{time}, $member->{time});
    # The file is replaced by a copy of its own, which changes the time of the directory: that was set already.
    my $directory = above($staged);
    my $time = look($directory)->{time};
    must(system("cp", "-p", "--", $staged, "own") == 0 && rename("own", $staged) && set_time($directory, $time), "copy $staged");
  }
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

my @links;

# Whether the staged file is also a file of the release before (links.sh), which must not change.
sub is_shared {
  my ($path, $staged) = @_;
  return 0 if !-e "links";
  if (!@links) { must(open(my $list, "<", "links"), "read links"); @links = map { scalar <$list> } 1 .. 3; chomp @links }
  my ($how, $from, $into) = @links;
  return index($path, "$into/") == 0 && inode($staged) eq inode("$destination/$from" . substr $path, length $into);
}

# The right second without a fraction: this node has lost that when the release before came, and would lose it again.
sub is_whole_second { my ($now, $sent) = @_; return $now eq (split /\./, $sent)[0] . ".000000000" }

sub lchown { require POSIX; return POSIX::lchown(@_) }

# Where owners are not kept a file loses its set-user-id and set-group-id bits: they would give the rights of another owner away.
sub mode_of {
  my ($member) = @_;
  return $member->{mode} & ($preserve eq "yes" || kind($member) == 0040000 ? 07777 : 01777);
}

# How a path differs from the member that was sent: type, size, target, owner, mode, time.
sub unlike {
  my ($now, $member, $path) = @_;
  my $kind = kind($member);
  return "type" if kind($now) != $kind;
  my @unlike;
  push @unlike, "size" if $kind == 0100000 && $now->{size} != $member->{size};
  push @unlike, "target" if $kind == 0120000 && readlink($path) ne $member->{target};
  push @unlike, "owner" if $preserve eq "yes" && $now->{owner} ne $member->{owner};
  # Where owners are not kept a directory inherits the set-group-id bit. Directories of the stage are open to their owner, whatever was sent.
  my $heeded = $kind == 0040000 && $preserve ne "yes" ? 05777 : 07777;
  $heeded &= 07077 if $kind == 0040000 && $> != 0 && $direction eq "prepare" && ($now->{mode} & 0700) == 0700;
  push @unlike, "mode" if $kind != 0120000 && ($now->{mode} & $heeded) != (mode_of($member) & $heeded);
  push @unlike, "time" if !same_time($now->{time}, $member->{time});
  return @unlike;
}

sub same_time { my ($now, $sent) = @_; return $fstatat ? $now eq $sent : int($now) == int($sent) }

# time: whole seconds, rounded down, and nine digits.
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
