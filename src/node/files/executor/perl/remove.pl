# Removes names: each goes to the stage by one rename, a directory with all that is in it.

# Checks all that may refuse the rename, or later the removal of the stage: also in the directories below.
sub ask_removal {
  my ($to, @names) = @_;
  my $device = (stat "$to/.")[0];
  my @left = map { "$to/$_" } @names;
  for (@left) { must(is_there($_), "find $_") }
  for (@names) { ask_file("$to/$_", "remove") if !is_directory("$to/$_") }
  @left = grep { is_directory($_) } @left;
  while (@left) {
    my $path = shift @left;
    my $now = look($path) or must(0, "look at $path");
    problem("cannot remove $path: it is on another file system or subvolume") if (lstat $path)[0] != $device;
    problem("cannot remove $path: it belongs to another user") if !may_attend($now);
    my ($owner) = split /:/, $now->{owner};
    must(chown($owner, -1, $path), "remove $path");
    for (names($path)) {
      if (is_directory("$path/$_")) { push @left, "$path/$_" }
      # A closed directory of this account cannot be looked into now; it is opened when the stage is removed.
      elsif ($> == 0 || ($now->{mode} & 0300) == 0300) { ask_file("$path/$_", "remove") }
    }
  }
}

sub take_out {
  my ($to, $old, @names) = @_;
  for (@names) { put("$to/$_", "$old/$_"); $done{remove}++ }
}

sub bring_back {
  my ($to, $old, @names) = @_;
  for (reverse @names) { put("$old/$_", "$to/$_") if is_there("$old/$_") }
}

# More names than were counted belong to somebody who has put them there since.
sub prove_removed {
  my @left;
  for (grep { $_->[1] eq "remove" } @plan) {
    my ($number, $word, $to, $old, @names) = @$_;
    for (@names) { problem("$to/$_ is there again") if is_there("$to/$_") }
    push @left, $old;
  }
  return if !@left;
  my $count = 0;
  while (@left) {
    my $path = shift @left;
    my @names = names($path);
    $count += @names;
    push @left, grep { is_directory($_) } map { "$path/$_" } @names;
  }
  must(open(my $file, "<", "counted"), "read counted");
  chomp(my $counted = <$file>);
  problem("$count names would be removed, and $counted were found before: somebody has put more there") if $count > $counted;
}
