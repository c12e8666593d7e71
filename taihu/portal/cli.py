"""The `taihu` command: every management command of the project under one name."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taihu.portal.settings")
    from django.core.exceptions import ImproperlyConfigured

    from taihu.portal.overview import Utility

    try:
        Utility(["taihu", *sys.argv[1:]]).execute()
    except ImproperlyConfigured as error:
        sys.exit(f"taihu: settings refused: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
