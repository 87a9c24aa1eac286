"""How the internet is shared: the plan, the shares that follow from it, and who carries them to the gateway."""
