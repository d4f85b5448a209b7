"""Between an instruction and a workspace edit: what is offered, asked, checked and changed."""
