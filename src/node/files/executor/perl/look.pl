# Looks at paths.

# Mode, owner, size and time of what is at a path itself; nothing where nothing is there.
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

my %known;

# The short way for most lines of a list, which may have a million: one system call a line. Returns path, size, mode and sum where the file
# below $root is as the line says. Else it returns nothing, and the caller parses the line and compares in full: also where the path has
# characters that are quoted, and for a directory where this is not root, since that may have to be opened.
sub path_as_sent {
  my ($root, $line) = @_;
  my $at = index $line, " '";
  my $path = substr $line, $at + 2, -5;
  return if substr($line, -5) ne "' ''\n" || index($path, "'") >= 0;
  return if !$fstatat || syscall($fstatat, $from_here, "$root$path", $seen, $not_through_links) != 0;
  my ($size, $seconds, $nanoseconds) = unpack "x48 q x32 q2", $seen;
  my ($who, $mode) = @{$known{substr $seen, $who_at, $who_bytes} ||= who_is(unpack $who_layout, $seen)};
  $size = 0 if ($mode & 0170000) == 0040000;
  my $facts = substr $line, 7, $at - 7;
  $facts =~ s/ [\d:]+/ -/ if $preserve ne "yes";
  my $as_seen = "$who $size $seconds." . substr(1000000000 + $nanoseconds, 1) . " ";
  return if index($facts, $as_seen) != 0;
  return $path, $size, $mode, substr $facts, length $as_seen;
}

# Mode and owner as a line has them; "?", which no line has, where path_as_sent shall not take the short way.
sub who_is {
  my ($mode, $uid, $gid) = @_;
  return ["?", $mode] if ($mode & 0170000) == 0040000 && $> != 0 || $preserve ne "yes" && $mode & 06000;
  return [sprintf("%x %s", $mode, $preserve eq "yes" ? "$uid:$gid" : "-"), $mode];
}

sub is_there { my @status = lstat $_[0]; return scalar @status }
sub is_directory { my @status = lstat $_[0]; return @status && ($status[2] & 0170000) == 0040000 }
sub kind { return $_[0]{mode} & 0170000 }
