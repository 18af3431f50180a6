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

# The usual answer, in one call: what is as it was sent, its owner too. Directories of others than root may have to be opened.
sub is_as_sent {
  my ($path, $facts) = @_;
  return 0 if !$fstatat || syscall($fstatat, $from_here, $path, $seen, $not_through_links) != 0;
  my ($mode, $uid, $gid, $size, $seconds, $nanoseconds) = unpack $layout, $seen;
  my $is_directory = ($mode & 0170000) == 0040000;
  return 0 if $is_directory && $> != 0 || $preserve ne "yes" && $mode & 06000;
  $facts =~ s/ [\d:]+/ $uid:$gid/ if $preserve ne "yes";
  return sprintf("%x %d:%d %d %d.%09d", $mode, $uid, $gid, $is_directory ? 0 : $size, $seconds, $nanoseconds) eq $facts;
}

sub is_there { my @status = lstat $_[0]; return scalar @status }
sub is_directory { my @status = lstat $_[0]; return @status && ($status[2] & 0170000) == 0040000 }
sub kind { return $_[0]{mode} & 0170000 }
