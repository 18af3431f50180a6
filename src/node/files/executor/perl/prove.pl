# The destination against what was sent.

# What the plan names is looked at where it shall be, and nothing of what was sent may be left in the stage.
sub prove {
  my $is_coarse = -e "coarse";
  for my $line (@{placed()}) {
    next if path_as_sent("$destination/", $line) ne "";
    my $member = member($line);
    my $path = "$destination/$member->{path}";
    my $now = look($path);
    # A root that is a link to a directory there was followed. What is now closed can be looked at so, but not entered.
    $now = look("$path/") if $now && kind($member) == 0040000 && kind($now) == 0120000;
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
