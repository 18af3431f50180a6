# Sets attributes of files and links where they lie: of those that differ from what was sent in attributes alone.

# Checks that the file is still the one that the survey saw, and that its attributes may be changed. Writes the attributes that it has, and
# those that it shall have, to mends.
sub prepare_mend {
  my ($mends, $line) = @_;
  my $member = member($line);
  my $path = "$destination/$member->{path}";
  problem("the path is too long for this node: $path") if length $path > 4095;
  my @status = lstat $path or must(0, "find $path");
  my $now = look($path) or must(0, "find $path");
  my %unlike = map { $_ => 1 } unlike($now, $member, $path);
  problem("$path changed while it was looked at") if $unlike{type} || $unlike{size} || $unlike{target} || $status[3] != 1;
  expect_sum($member->{sum}, $now->{size}, $path, $path, $now->{mode}) if $member->{sum} ne "-";
  my $is_link = kind($now) == 0120000;
  # To set the mode that it has changes nothing, and shows whether attributes may be changed. To set the owner could take rights from a program.
  must($is_link ? lchown($status[4], -1, $path) : chmod($now->{mode} & 07777, $path), "change the attributes of $path");
  my @old = (sprintf("%o", $now->{mode} & 07777), $now->{owner}, $now->{time}, "$status[0]:$status[1]");
  my @new = (sprintf("%o", mode_of($member)), $preserve eq "yes" ? $member->{owner} : $now->{owner}, $member->{time});
  print $mends join(" ", "amend", @old, @new, quote($path)), "\n";
  $prepared++;
}

# Sets the new attributes. A file that anybody has changed since prepare is a problem.
sub mend_all {
  for (amends()) {
    my ($mode, $owner, $time, $inode, $new_mode, $new_owner, $new_time, $path) = @$_;
    my $now = look($path);
    my $seen = $now ? sprintf("%o %s %s %s", $now->{mode} & 07777, $now->{owner}, $now->{time}, inode($path)) : "";
    problem("$path has changed meanwhile") if $seen ne "$mode $owner $time $inode";
    set_attributes($path, oct $new_mode, $new_owner, $new_time);
    if (!same_time(look($path)->{time}, $new_time)) { must(open(my $coarse, ">", "coarse"), "write coarse") }
    $done{mended}++;
  }
}

# Sets the old attributes again. Another file in its place is left alone; the device does not count, since it may have another number after
# a reboot. The time of a file to which somebody has written stays. Some file systems keep only even seconds.
sub take_mends_back {
  for (amends()) {
    my ($mode, $owner, $time, $inode, $new_mode, $new_owner, $new_time, $path) = @$_;
    my $now = look($path) or next;
    next if (split /:/, inode($path))[1] ne (split /:/, $inode)[1];
    my $is_ours = same_time($now->{time}, $new_time) || -e "coarse" && int($now->{time} / 2) == int($new_time / 2);
    set_attributes($path, oct $mode, $owner, $is_ours ? $time : $now->{time});
  }
}

# The records of mends. The counts of the plan show whether all are there.
sub amends { return -e "mends" ? read_records("mends", "amend") : () }

sub inode { return join ":", (lstat $_[0])[0, 1] }
