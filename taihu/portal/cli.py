"""The `taihu` command: every management command of the project under one name."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taihu.portal.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import ManagementUtility

    utility = ManagementUtility(sys.argv)
    utility.prog_name = "taihu"
    try:
        utility.execute()
    except ImproperlyConfigured as error:
        sys.exit(f"taihu: settings refused: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
