from taihu.portal.cli import main

main()
