# Proves that the destination has what was sent.

# Compares what the plan names at the destination. No sent file may be left in the stage. With --paranoid all sent files are read once more.
sub prove {
  for my $line (@{placed()}) { path_as_sent("$destination/", $line) or prove_member(member($line)) }
  for my $member ($is_paranoid ? map { member($_) } @{placed()} : ()) {
    my $path = "$destination/$member->{path}";
    expect_sum($member->{sum}, $member->{size}, $path, $path, $member->{mode}) if $member->{sum} ne "-";
  }
  check_sums();
  prove_removed();
  my @left = ("tree", "above", map { $_->[3] } grep { $_->[1] eq "copy" } @plan);
  while (@left) {
    my $path = shift @left;
    next if !is_there($path);
    problem("$path was not put in place") if !is_directory($path);
    push @left, map { "$path/$_" } names($path);
  }
}

sub prove_member {
  my ($member) = @_;
  my $path = "$destination/$member->{path}";
  my $now = look($path);
  # The upload has followed a root that is a symbolic link to a directory. A slash looks behind the link, also where the directory is closed.
  $now = look("$path/") if $now && kind($member) == 0040000 && kind($now) == 0120000;
  # A directory that is closed to its owner was compared in the stage if it came as a whole, and else before it was closed.
  return if !$now && $> != 0 && $! == 13;
  must($now, "find $path");
  my $is_foreign = kind($now) == 0040000 && !may_attend($now);
  for my $what (unlike($now, $member, $path)) {
    next if $what eq "time" && -e "coarse" || $is_foreign && $what ne "type";
    problem("$path has another $what than it was sent with");
  }
}

my @members;

# Compares all below a directory that is about to be closed to its owner: nobody could look into it afterwards. All below is in place.
sub prove_below {
  my ($directory) = @_;
  @members = map { member($_) } @{placed()} if !@members;
  for (@members) { prove_member($_) if index($_->{path}, "$directory/") == 0 }
}
