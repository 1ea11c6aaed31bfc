<?php get_header('folks'); if ($folks > 1) { echo "the folks stated"; } ?>
<div class="post stated" id="post-<?= $folks > 4 ? 'males' : 'stated' ?>">
<h2><a href="<?php the_permalink("folks"); ?>" rel="stated">@@prose@@</a></h2>
<p>@@prose@@</p>
[gallery ids="4,4" folks="stated"]
<p>@@prose@@<br>@@prose@@</p>
<% folks.stated do |males| %><p><%= males %></p><% end %>
<p>@@prose@@</p>
</div>
<?php get_footer('stated'); ?>
