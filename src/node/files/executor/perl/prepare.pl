# The direction prepare, before the barrier.

# Does all that the system may refuse and that changes no destination. A file that will be replaced gets its second name here.
sub prepare {
  $SIG{$_} = "IGNORE" for qw(TERM HUP INT);
  my $is_sent = -e "manifest";
  survey() if !$is_sent;
  fit($is_sent);
  my (%places, %asked);
  must(open(my $before, ">", "before"), "write before");
  must(open(my $ours, ">", "ours"), "write ours");
  must(open(my $closed, ">", "closed"), "write closed");
  for (@plan) {
    my ($number, $word, @fields) = @$_;
    if ($word eq "attributes") {
      my ($directory) = @fields;
      my $now = look($directory) or must(0, "look at $directory");
      # To set the owner that it has changes nothing, and shows whether attributes may be changed. To set its mode could take a set-group-id bit.
      my ($owner) = split /:/, $now->{owner};
      must(chown($owner, -1, $directory), "change the attributes of $directory") if may_attend($now);
      printf $before "before %d %o %s %s\n", $number, $now->{mode} & 07777, $now->{owner}, $now->{time};
    }
    next unless puts($word) || $word eq "remove";
    my $from = $word eq "remove" ? $fields[1] : shift @fields;
    my $to = shift @fields;
    my $old = $word eq "new" ? "" : shift @fields;
    must(mkdir($old, 0700), "make $old") if $old ne "";
    $asked{$to} ||= ask_directory($to, $from);
    for my $name (@fields) {
      my $other = $places{"$asked{$to}/$name"};
      problem("$other and $to/$name are one place on this node") if defined $other;
      $places{"$asked{$to}/$name"} = "$to/$name";
    }
    if ($word eq "remove") {
      ask_removal($to, @fields);
      for my $now (map { [look("$to/$_"), "$to/$_"] } $> == 0 ? () : @fields) {
        printf $closed "closed %o %s\n", $now->[0]{mode} & 07777, quote($now->[1]) if kind($now->[0]) == 0040000 && !($now->[0]{mode} & 0200);
      }
    }
    keep($to, $old, $_) for $word eq "replace" ? @fields : ();
    ask_file("$to/$_", "replace") for $word eq "aside" ? @fields : ();
    print $ours join(" ", "ours", $number, map { join ":", (lstat "$from/$_")[1, 9] } @fields), "\n" if $word eq "new";
  }
  must(close($before) && close($ours) && close($closed), "write before");
}

sub keep { my ($to, $old, $name) = @_; must(link("$to/$name", "$old/$name"), "link $to/$name") }

sub may_attend { my ($now) = @_; return $> == 0 || $now->{owner} =~ /^$>:/ }

# A rename works only within one file system and subvolume. Nothing can be renamed out of a directory that is append-only, as undo must.
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

# A file that will be moved may be immutable or append-only. rmdir shows that, and changes nothing: the kernel checks it before it finds
# that a file is no directory.
sub ask_file {
  my ($path, $what, $not_a_directory) = (@_, 20);
  must(!rmdir($path) && $! == $not_a_directory, "$what $path");
}
