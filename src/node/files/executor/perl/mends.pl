# What is mended in place: files and links that differ from what was sent in attributes alone.

# It is there as it was asked for, and its attributes may be changed; those that it has and those that it shall have are written to mends.
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
  # Asked by what changes nothing: a program that gets its owner anew may lose rights.
  must($is_link ? lchown($status[4], -1, $path) : chmod($now->{mode} & 07777, $path), "change the attributes of $path");
  my @old = (sprintf("%o", $now->{mode} & 07777), $now->{owner}, $now->{time}, "$status[0]:$status[1]");
  my @new = (sprintf("%o", mode_of($member)), $preserve eq "yes" ? $member->{owner} : $now->{owner}, $member->{time});
  print $mends join(" ", "amend", @old, @new, quote($path)), "\n";
  $prepared++;
}

# Nobody may have changed it since.
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

# What is another file by now is left alone (its device may have another number after a reboot), and so is the time of one to which somebody
# has written. Some file systems keep even seconds.
sub take_mends_back {
  for (amends()) {
    my ($mode, $owner, $time, $inode, $new_mode, $new_owner, $new_time, $path) = @$_;
    my $now = look($path) or next;
    next if (split /:/, inode($path))[1] ne (split /:/, $inode)[1];
    my $is_ours = same_time($now->{time}, $new_time) || -e "coarse" && int($now->{time} / 2) == int($new_time / 2);
    set_attributes($path, oct $mode, $owner, $is_ours ? $time : $now->{time});
  }
}

# That all of them are there the counts tell.
sub amends { return -e "mends" ? read_records("mends", "amend") : () }

sub inode { return join ":", (lstat $_[0])[0, 1] }
