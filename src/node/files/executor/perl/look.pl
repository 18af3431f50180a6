# What is at a path.

# What is at a path itself, or nothing: mode, owner, size, time.
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
  return {mode => $status[2], owner => "$status[4]:$status[5]", size => $status[7], time => $time};
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
