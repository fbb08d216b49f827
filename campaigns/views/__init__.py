"""Pages of campaigns: planning (`plans`) and what was launched (`running`)."""
